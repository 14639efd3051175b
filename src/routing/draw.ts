/**
 * Draws a number in (0, 1] for each name, which depends on nothing but the seed and the name: the same on every node.
 *
 * Two rounds of FNV-1a over UTF-16 units, finished with the mixer of MurmurHash3, give 53 bits. Not for secrets.
 */
export function drawsFor(seed: string): (name: string) => number {
  const prefix = `${seed}\n`;
  let seededHigh = 0x811c9dc5;
  let seededLow = 0x9e3779b9;
  for (let index = 0; index < prefix.length; index += 1) {
    const unit = prefix.charCodeAt(index);
    seededHigh = Math.imul(seededHigh ^ unit, 0x01000193);
    seededLow = Math.imul(seededLow ^ (unit + index), 0x01000193);
  }
  return name => {
    let high = seededHigh;
    let low = seededLow;
    for (let index = 0; index < name.length; index += 1) {
      const unit = name.charCodeAt(index);
      high = Math.imul(high ^ unit, 0x01000193);
      low = Math.imul(low ^ (unit + index + prefix.length), 0x01000193);
    }
    const top = mix(high) >>> 0;
    const bottom = mix(low ^ high) >>> 11;
    return (top * 2 ** 21 + bottom + 1) / 2 ** 53;
  };
}

function mix(value: number): number {
  let mixed = value ^ (value >>> 16);
  mixed = Math.imul(mixed, 0x85ebca6b);
  mixed ^= mixed >>> 13;
  mixed = Math.imul(mixed, 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}
