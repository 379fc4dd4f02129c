/**
 * A patch that cannot be applied. `malformed` is the patch's own fault (400 Bad Request); `rejected` means that the
 * object does not have what the patch relies on, or fails its test (422 Invalid).
 */
export class PatchError extends Error {
  override readonly name = 'PatchError';
  readonly problem: 'malformed' | 'rejected';

  constructor(problem: PatchError['problem'], message: string) {
    super(message);
    this.problem = problem;
  }
}
