import type { Config } from './config.ts';
import { type Keyring, openKeyring } from './identity/secrets.ts';
import { openMasterSecrets } from './identity/state-secret.ts';
import type { Stores } from './stores/sql/stores.ts';

/** Opens the keys of the installation, with the secret of the configuration or that of the state folder. */
export async function openInstallationKeys(config: Config, { secrets }: Stores): Promise<Keyring> {
  const master = await openMasterSecrets({
    stateDir: config.stateDir,
    ...(config.secret === undefined ? {} : { secret: config.secret.reveal() }),
    ...(config.previousSecret === undefined ? {} : { previousSecret: config.previousSecret.reveal() }),
  });
  return await openKeyring({ store: secrets, ...master });
}
