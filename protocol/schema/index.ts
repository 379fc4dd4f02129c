export { type Cause, type CauseReason, Causes } from './causes.ts';
export { applyDefaults } from './defaults/index.ts';
export { honouredVolumes, unhonoured, unhonouredFields } from './honoured.ts';
export { openApiV2, openApiV3, openApiV3Index } from './openapi/documents.ts';
export { PatchError } from './patch/error.ts';
export { jsonPatch } from './patch/json-patch.ts';
export { jsonMergePatch } from './patch/merge.ts';
export { strategicMerge } from './patch/strategic.ts';
export { type Decoded, decodeProtobuf } from './protobuf/decode.ts';
export { DecodeError } from './protobuf/reader.ts';
export { prune, pruneMessage } from './prune.ts';
export {
  bytesOf,
  canonicalQuantity,
  cpuToMilli,
  isQuantity,
  type ParsedQuantity,
  parseQuantity,
  quantityToNumber,
} from './quantity.ts';
export { checkMessage, checkStructure, type StructureReport } from './structure.ts';
export { messageOf } from './table.ts';
export type {
  PartialObjectMetadata,
  Table,
  TableColumnDefinition,
  TableRow,
  TableRowCondition,
  WatchEvent,
} from './table-types.ts';
export { microTimeText, parseTime, timeText } from './time.ts';
export type * from './types.generated.ts';
export { validateObject } from './validate/index.ts';
export { validateUpdate } from './validate/update.ts';
