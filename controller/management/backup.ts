import type { Host } from '@bramble/actors/index.ts';
import type { ExtraRoute } from '../apiserver/http/ports.ts';
import { failure, StatusError } from '../apiserver/status.ts';
import { type BackupSource, backupStream } from '../store/backup/write-backup.ts';

/** `GET /bramble/v1/backup`: all objects as they are at that moment, Secrets and all, so for admins alone. */
export function backupRoute(source: BackupSource, host: Pick<Host, 'now'>): ExtraRoute {
  return {
    method: 'GET',
    path: '/bramble/v1/backup',
    handle: async ({ user }) => {
      if (user?.role !== 'admin')
        throw new StatusError(failure(403, 'Forbidden', `user "${user?.name}" is no admin`));
      const { stream } = backupStream(source, host.now());
      return { status: 200, contentType: 'application/gzip', body: stream };
    },
  };
}
