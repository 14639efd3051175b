import type { OutgoingHttpHeaders } from 'node:http';
import type { Completion } from '../../model/completion.ts';

/** The signed receipt of a completion as headers of an answer that comes whole. */
export function receiptHeaders({ receipt, receiptNonce }: Completion): OutgoingHttpHeaders {
  return {
    ...(receipt === undefined ? {} : { 'x-tollgate-receipt': receipt }),
    ...(receiptNonce === undefined ? {} : { 'x-tollgate-receipt-nonce': receiptNonce }),
  };
}

/** The same as a member of a stream's last chunk: its headers are long sent. */
export function receiptMember({ receipt, receiptNonce }: Completion): { readonly tollgate?: object } {
  if (receipt === undefined) return {};
  return { tollgate: { receipt, ...(receiptNonce === undefined ? {} : { receipt_nonce: receiptNonce }) } };
}
