/** What operators may do; a seed chooses some of these. */
export const workKinds = [
  'create-pod',
  'delete-pod',
  'replace-pod',
  'configure',
  'update-image',
  'cordon',
  'drain',
  'create-workload',
  'scale',
  'roll-out',
  'delete-workload',
  'create-job',
  'change-job',
  'delete-job',
] as const;
export type WorkKind = (typeof workKinds)[number];
