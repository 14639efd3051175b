import WebSocket from 'ws';

/** What came back for one operation, whatever carried it. */
export interface CarriedAnswer<Data = CarriedData> {
  readonly data?: Data | null;
  readonly errors?: readonly CarriedError[];
}

/** What the attacks ask for; a field that nobody asked for is absent. */
export interface CarriedData {
  readonly __typename?: string;
  readonly complete?: { readonly status?: string; readonly error?: { readonly code: string } | null } | null;
}

export interface CarriedError {
  readonly message: string;
  /** Where a socket was closed instead, the close code. */
  readonly extensions: { readonly code: string; readonly correlationId?: string };
}

export interface Caller {
  /** The server's origin. */
  readonly url: string;
  /** Null: nobody says who asks; a socket is then closed. */
  readonly key: string | null;
}

/** Sends one message, which may be no operation at all, and reads what comes first. */
export type Carry = <Data = CarriedData>(caller: Caller, body: unknown) => Promise<CarriedAnswer<Data>>;

const byPost =
  (accept: string): Carry =>
  async ({ url, key }, body) => {
    const response = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept,
        ...(key === null ? {} : { authorization: `Bearer ${key}` }),
      },
      body: textOf(body),
    });
    const text = await response.text();
    return JSON.parse(text.startsWith('event:') ? (/^data: ([^\n]*)$/m.exec(text)?.[1] ?? '') : text);
  };

const byWebSocket: Carry = ({ url, key }, body) => {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
  return new Promise((resolve, reject) => {
    socket.on('open', () => {
      const payload = key === null ? {} : { payload: { apiKey: key } };
      socket.send(JSON.stringify({ type: 'connection_init', ...payload }));
    });
    socket.on('error', reject);
    // A message that is none of the protocol's closes the socket instead, with the reason.
    socket.on('close', (code, reason) =>
      resolve({ errors: [{ message: String(reason), extensions: { code: `${code}` } }] }),
    );
    socket.on('message', data => {
      const message = JSON.parse(String(data));
      if (message.type === 'connection_ack') {
        return socket.send(`{"type":"subscribe","id":"1","payload":${textOf(body)}}`);
      }
      if (message.type !== 'error' && message.type !== 'next') return;
      socket.removeAllListeners('close');
      socket.close();
      resolve(message.type === 'error' ? { errors: message.payload } : message.payload);
    });
  });
};

/** What is no string is sent as JSON. */
function textOf(body: unknown): string {
  return typeof body === 'string' ? body : JSON.stringify(body);
}

/** The three transports that every guard of operations holds on. */
export const carriers: Readonly<Record<string, Carry>> = {
  'JSON by POST': byPost('application/json'),
  'server-sent events': byPost('text/event-stream'),
  WebSocket: byWebSocket,
};
