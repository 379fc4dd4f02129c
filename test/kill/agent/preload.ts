import { registerHooks } from 'node:module';

// `node --import preload.ts agent/main.ts …`: the agent as it is, but for its ports, which are counted on their way to its actors.
registerHooks({
  resolve(specifier, context, nextResolve) {
    const fromMain = context.parentURL?.endsWith('/agent/main.ts') === true;
    if (!fromMain || specifier !== './supervision.ts') return nextResolve(specifier, context);
    return nextResolve(new URL('./counted-ports.ts', import.meta.url).href, context);
  },
});
