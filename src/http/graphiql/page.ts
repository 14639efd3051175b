/** The page itself: nothing in it but links to what this server serves. */
export function createPage(path: string): string {
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width">
    <title>Tollgate</title>
    <link rel="icon" href="data:,">
    <link rel="stylesheet" href="${path}/graphiql.css">
  </head>
  <body id="body" class="no-focus-outline">
    <noscript>GraphiQL needs JavaScript.</noscript>
    <div id="root"></div>
    <script src="${path}/graphiql.js"></script>
    <script src="${path}/start.js"></script>
  </body>
</html>
`;
}
