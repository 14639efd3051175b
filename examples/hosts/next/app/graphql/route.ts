import { yoga } from '../../../yoga.ts';

/** Next.js runs this file on Node; its edge runtime has no disk for the state. */
export const runtime = 'nodejs';
export const dynamic = 'force-dynamic';

const handle = async (request: Request): Promise<Response> => yoga.fetch(request);

export { handle as GET, handle as OPTIONS, handle as POST };
