import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { become, requireRoot } from '../up/become.ts';
import { parseSettings } from '../up/settings.ts';
import { installService, unitFor } from './install-service.ts';
import { type JoinSettings, joinSettings } from './settings.ts';

export interface JoinCommandOptions {
  readonly installService?: boolean;
  readonly printService?: boolean;
}

/**
 * `bramble join`. Answers with what to say where a service was asked for; does not return otherwise.
 * @throws Error saying what is missing or wrong
 */
export async function joinBoard(options: JoinCommandOptions): Promise<string> {
  const settings = parseSettings(joinSettings, options);
  if (options.printService) return unitFor(settings);
  assertKnowsWhere(settings);
  requireRoot('an agent');
  if (options.installService) return installService(settings);
  return become('join', settings);
}

function assertKnowsWhere({ dataDir, url, token, tokenFile }: JoinSettings): void {
  if (tokenFile !== undefined && url !== undefined) return;
  if (url !== undefined && token === undefined)
    throw new Error(
      'a token is missing: `bramble join URL TOKEN`; `bramble token create`, where the controller runs, prints one',
    );
  if (url !== undefined || existsSync(join(dataDir, 'agent', 'trust', 'identity.json'))) return;
  throw new Error(
    `this board has not joined any fleet yet (${dataDir} holds no identity): \`bramble join URL TOKEN\`; ` +
      '`bramble token create`, where the controller runs, prints the token',
  );
}
