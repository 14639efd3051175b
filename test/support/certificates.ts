import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Appended to the name of what is skipped without the program. */
export const certificateAbsence = canMake() ? '' : ' (openssl absent)';

/** Makes an authority and a certificate of its for 127.0.0.1 in a folder, and answers where they are. */
export function makeCertificates(folder: string) {
  const at = (name: string) => join(folder, name);
  const openssl = (...words: readonly string[]) => execFileSync('openssl', words, { stdio: 'ignore' });
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  openssl('req', '-x509', ...newKey, '-keyout', at('ca.key'), '-out', at('ca.crt'), '-subj', '/CN=ca', '-days', '2');
  openssl('req', ...newKey, '-keyout', at('server.key'), '-out', at('server.csr'), '-subj', '/CN=server');
  writeFileSync(at('names'), 'subjectAltName=IP:127.0.0.1');
  const signed = [
    '-CA',
    at('ca.crt'),
    '-CAkey',
    at('ca.key'),
    '-CAcreateserial',
    '-extfile',
    at('names'),
    '-days',
    '2',
  ];
  openssl('x509', '-req', '-in', at('server.csr'), '-out', at('server.crt'), ...signed);
  return { authority: readFileSync(at('ca.crt'), 'utf8'), certificate: at('server.crt'), key: at('server.key') };
}

function canMake(): boolean {
  try {
    execFileSync('openssl', ['version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
