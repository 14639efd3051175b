/** The page itself: a field for the key, and nothing else but links to what this server serves. */
export function createPage(path: string): string {
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width">
    <title>Tollgate</title>
    <link rel="icon" href="data:,">
    <link rel="stylesheet" href="${path}/graphiql.css">
    <style>
      body { margin: 0; height: 100vh; display: flex; flex-direction: column; font: 15px/1.4 system-ui, sans-serif; }
      #access { display: flex; flex-wrap: wrap; align-items: center; gap: 4px 12px; padding: 10px 16px; }
      #access { background: #23273a; color: #fff; }
      #key { width: 26em; max-width: 100%; padding: 3px 8px; border: 1px solid #8a90a8; border-radius: 4px; }
      #key { font: 14px/1.6 ui-monospace, monospace; color: #111; background: #fff; }
      #access.refused #key { outline: 3px solid #ff9d5c; }
      #access.refused #hint { color: #ffc59b; }
      #root { flex: 1; min-height: 0; }
      #root .graphiql-container { height: 100%; }
      /* Tabs animate to where they are, and a tab that moves under the pointer is pressed but never clicked. */
      #root .graphiql-tab { transform: none !important; }
    </style>
  </head>
  <body id="body" class="no-focus-outline">
    <noscript>GraphiQL needs JavaScript.</noscript>
    <form id="access" autocomplete="off">
      <label for="key">Your key</label>
      <input id="key" type="password" placeholder="tg_…" autocomplete="off" spellcheck="false" aria-describedby="hint">
      <span id="hint" role="status"></span>
    </form>
    <div id="root"></div>
    <script src="${path}/graphiql.js"></script>
    <script src="${path}/start.js"></script>
  </body>
</html>
`;
}
