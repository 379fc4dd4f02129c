import { fileURLToPath } from 'node:url';

/** The checkout this runs from. */
export const projectRoot = fileURLToPath(new URL('../', import.meta.url));
