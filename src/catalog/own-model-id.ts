/**
 * The id of a model whose name at a provider is joined to no author's: `<provider>/<name>`, without the provider's name
 * twice, and with no `@` or space in it, since `@` splits the ids of endpoints.
 */
export function ownModelId(providerId: string, wireModel: string): string {
  const isPlain = !wireModel.includes('@') && !wireModel.includes(' ');
  const name = isPlain ? wireModel : wireModel.replace(/^@+/, '').replace(/[@ ]/g, '-');
  const isQualified = name.length > providerId.length && name.startsWith(`${providerId}/`);
  return isQualified ? name : `${providerId}/${name}`;
}
