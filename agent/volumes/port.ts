/** Files that outlive a container and end with their pod: emptyDir, configMap, secret, and the pod's own /etc/hosts. */
export interface PodVolumes {
  /**
   * Writes the volumes whole and atomically (a reader never sees half a change), mode bits as given.
   * Resolves with the host path of each volume by its name.
   */
  prepare(uid: string, volumes: readonly VolumeContent[]): Promise<ReadonlyMap<string, string>>;
  /**
   * The host path of a place inside a volume that was prepared, links followed; missing directories are made.
   * @throws OutsideVolume
   */
  subPath(volume: string, subPath: string): Promise<string>;
  remove(uid: string): Promise<void>;
  list(): Promise<string[]>;
}

/** A subPath that leads out of its volume, or to nothing that could be mounted. */
export class OutsideVolume extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'OutsideVolume';
  }
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
