/** Seeds that found a fault of ours, and which. They are played in each test run, whatever the range of the others. */
export const found: readonly { readonly seed: number; readonly about: string }[] = [];
