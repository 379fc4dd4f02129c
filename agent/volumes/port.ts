/** Files that outlive a container and end with their pod: emptyDir, configMap, secret, and the pod's own /etc/hosts. */
export interface PodVolumes {
  /**
   * Writes the volumes whole and atomically (a reader never sees half a change), mode bits as given.
   * Resolves with the host path of each volume by its name.
   */
  prepare(uid: string, volumes: readonly VolumeContent[]): Promise<ReadonlyMap<string, string>>;
  remove(uid: string): Promise<void>;
  list(): Promise<string[]>;
}

export type VolumeContent =
  | {
      readonly type: 'empty';
      readonly name: string;
      readonly medium: 'disk' | 'memory';
      readonly sizeLimitBytes: number | undefined;
    }
  /** `secret` content lies on tmpfs, never on the card. */
  | {
      readonly type: 'files';
      readonly name: string;
      readonly secret: boolean;
      readonly files: readonly VolumeFile[];
    }
  | { readonly type: 'host'; readonly name: string; readonly path: string; readonly hostPathType: string };

export interface VolumeFile {
  /** Relative; no `..`. */
  readonly path: string;
  readonly bytes: Uint8Array;
  readonly mode: number;
}
