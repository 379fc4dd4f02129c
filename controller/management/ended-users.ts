import type { OpenStreams } from '../apiserver/http/open-streams.ts';
import type { UserRecord, Users } from '../trust/users.ts';

/**
 * Cuts off what was opened by users whose token or role has changed since, or who are gone: whoever was let in before a
 * change was let in by the records as they were before it (guarantee G7).
 */
export function endChangedUsers(users: Pick<Users, 'records' | 'onChange'>, open: OpenStreams): void {
  let before = users.records;
  users.onChange((records) => {
    const earlier = before;
    before = records;
    open.endOthers(({ name }) =>
      records.some((record) => record.name === name && earlier.some((each) => isSame(each, record))),
    );
  });
}

function isSame(one: UserRecord, other: UserRecord): boolean {
  return one.name === other.name && one.role === other.role && one.tokenHash === other.tokenHash;
}
