/** The group of boards that have none. Apart from the messages: who needs no zod else should not load it for this. */
export const defaultNetworkGroup = 'default';
