import { config } from 'zod/mini';
import english from 'zod/v4/locales/en.js';

// zod's small flavour, for what a board has of memory, and the one place where zod is imported. This flavour knows no
// language by itself: whoever has a schema from here has what is said of wrong input in English too.
config(english());

export * from 'zod/mini';
