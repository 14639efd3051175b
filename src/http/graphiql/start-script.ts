import { prefixedType, type SchemaNames } from '../../graphql/rename-schema.ts';
import { exampleTabs } from './example-tabs.ts';

/**
 * What the page runs once GraphiQL is loaded: a file of its own, since the page's policy lets no script stand in it.
 *
 * It puts the key of the page's field into every request, joins the text of a stream as it grows, and keeps what is
 * typed for as long as this tab of the browser lives, reloads included.
 */
export function startScript(path: string, names: SchemaNames): string {
  const settings = { path, textDelta: prefixedType('TextDelta', names), defaultTabs: exampleTabs(names) };
  return `const settings = ${JSON.stringify(settings)};\n${script}`;
}

/** Plain text rather than a function: bundlers and coverage rewrite functions so that they no longer stand alone. */
const script = String.raw`
const storage = sessionStorage;
const keyField = document.querySelector('#key');
const hint = document.querySelector('#hint');

function showState(isRefused) {
  document.querySelector('#access').classList.toggle('refused', isRefused);
  if (isRefused) hint.textContent = 'A valid key is needed: paste it here, then press Run again.';
  else if (keyField.value.trim() === '') hint.textContent = 'Paste it here once, then press Run: every example works.';
  else hint.textContent = 'Sent with every request; forgotten when this tab closes.';
}

keyField.value = storage.getItem('tollgate:key') ?? '';
keyField.addEventListener('input', () => {
  storage.setItem('tollgate:key', keyField.value);
  showState(false);
});
document.querySelector('#access').addEventListener('submit', event => event.preventDefault());
showState(false);

function authorization() {
  const key = keyField.value.trim().replace(/^bearer\s+/i, '');
  return key === '' ? {} : { authorization: 'Bearer ' + key };
}

// Where to enter a key is said beside the field: GraphiQL shows the bare error only.
function noteRefusal(result) {
  showState(result.errors?.some(error => error.extensions?.code === 'UNAUTHENTICATED') ?? false);
  return result;
}

// Joins the text of a stream, and takes back what a handoff declares void.
function createJoin() {
  let pieces = [];
  return result => {
    const event = Object.values(result.data ?? {})[0];
    if (event?.keepThroughSeq !== undefined) pieces = pieces.filter(piece => piece.seq <= event.keepThroughSeq);
    if (event?.__typename === settings.textDelta) pieces.push({ seq: event.seq, text: event.text });
    return pieces.length === 0 ? result : { textSoFar: pieces.map(piece => piece.text).join(''), lastEvent: result };
  };
}

async function* readEvents(response) {
  const join = createJoin();
  let rest = '';
  for await (const chunk of readChunks(response.body.pipeThrough(new TextDecoderStream()))) {
    const blocks = (rest + chunk).split('\n\n');
    rest = blocks.pop();
    for (const block of blocks) {
      const data = block.split('\n').find(line => line.startsWith('data: '));
      if (data !== undefined) yield join(noteRefusal(JSON.parse(data.slice(6))));
    }
  }
}

// Not every browser iterates a stream.
async function* readChunks(stream) {
  const reader = stream.getReader();
  for (let read = await reader.read(); !read.done; read = await reader.read()) yield read.value;
}

async function* request(params, headers, signal) {
  try {
    const response = await fetch(settings.path, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'application/graphql-response+json, text/event-stream',
        ...authorization(),
        ...headers,
      },
      body: JSON.stringify(params),
      signal,
    });
    const type = response.headers.get('content-type') ?? '';
    if (type.startsWith('text/event-stream')) yield* readEvents(response);
    else if (type.includes('json')) yield noteRefusal(await response.json());
    else throw new Error('The server answered with status ' + response.status + ' and no JSON.');
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

// A generator alone would wait for the next event before it stops.
function fetcher(params, { headers } = {}) {
  const leaving = new AbortController();
  const results = request(params, headers, leaving.signal);
  return {
    [Symbol.asyncIterator]() {
      return this;
    },
    next: () => results.next(),
    return() {
      leaving.abort();
      return results.return();
    },
  };
}

// GraphiQL finds the open tab again by what it last noted of its editors, which it does only when they change.
function reopenTab() {
  const kept = storage.getItem('graphiql:tabState');
  if (kept === null) return;
  const { tabs, activeTabIndex } = JSON.parse(kept);
  for (const editor of ['query', 'variables']) storage.setItem('graphiql:' + editor, tabs[activeTabIndex]?.[editor] ?? '');
}

self.MonacoEnvironment = {
  globalAPI: false,
  getWorkerUrl: (_, label) => ({
    editorWorkerService: settings.path + '/editor.worker.js',
    json: settings.path + '/json.worker.js',
    graphql: settings.path + '/graphql.worker.js',
  })[label],
};

reopenTab();
YogaGraphiQL.renderYogaGraphiQL(document.querySelector('#root'), {
  title: 'Tollgate',
  fetcher,
  storage,
  defaultTabs: settings.defaultTabs,
  defaultEditorToolsVisibility: false,
  shouldPersistHeaders: false,
  showPersistHeadersSettings: false,
  // Prompts do not belong into the address, and so into the history of the browser.
  onEditQuery() {},
});
if (keyField.value === '') keyField.focus();
`;
