import type { OutgoingHttpHeaders } from 'node:http';
import type { Completion } from '../../model/completion.ts';

/** Clients and proxies take so much of a header for sure; a receipt names every policy, and so may be longer. */
const longestHeader = 4_096;

/** The signed receipt of a completion as headers of an answer that comes whole; none where it is too long for one. */
export function receiptHeaders({ receipt, receiptNonce }: Completion): OutgoingHttpHeaders {
  if (receipt !== undefined && receipt.length > longestHeader) return {};
  return {
    ...(receipt === undefined ? {} : { 'x-tollgate-receipt': receipt }),
    ...(receiptNonce === undefined ? {} : { 'x-tollgate-receipt-nonce': receiptNonce }),
  };
}

/** The same as a member of the body: of a stream's last chunk, whose headers are long sent, and of every whole answer. */
export function receiptMember({ receipt, receiptNonce }: Completion): { readonly tollgate?: object } {
  if (receipt === undefined) return {};
  return { tollgate: { receipt, ...(receiptNonce === undefined ? {} : { receipt_nonce: receiptNonce }) } };
}
