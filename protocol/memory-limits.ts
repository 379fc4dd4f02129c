/**
 * Said of boards whose kernel cannot limit a container's memory, with the way out. The kernel of Raspberry Pi OS leaves
 * memory cgroups off unless it is told otherwise.
 */
export const memoryLimitsOff =
  'Memory limits are not applied on this board, since its kernel runs without memory cgroups: ' +
  'add cgroup_enable=memory to the line in /boot/firmware/cmdline.txt, and reboot';
