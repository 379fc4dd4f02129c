import { identityOf } from '@bramble/agent/pods/labels.ts';
import type { SimBoard } from '../board/board.ts';

/**
 * The pods of a board that another store ordered than the one that is served now, such as the one that an old copy took
 * the place of. No controller ends them (G5).
 */
export function unclaimedOn({ journal, podman }: SimBoard, storeId: string): ReadonlySet<string> {
  const owners = new Map<string, string>();
  for (const { view } of podman.containers.values()) {
    const identity = identityOf(view.labels);
    if (identity) owners.set(identity.uid, identity.storeId);
  }
  for (const [key, json] of journal.records) {
    const object = /^objects\/pods\/(.+)$/.exec(key)?.[1];
    if (key.startsWith('pods/') || object) owners.set(object ?? key.slice('pods/'.length), ownerIn(json));
  }
  return new Set([...owners].filter(([, owner]) => owner !== storeId).map(([uid]) => uid));
}

function ownerIn(json: string): string {
  return (JSON.parse(json) as { storeId: string }).storeId;
}
