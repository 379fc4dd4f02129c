import type { KubeObject } from '@bramble/protocol/kube.ts';
import type {
  DaemonSetSpec,
  DaemonSetStatus,
  DeploymentSpec,
  DeploymentStatus,
  JobSpec,
  JobStatus,
  NodeSpec,
  NodeStatus,
  PodDisruptionBudgetSpec,
  PodDisruptionBudgetStatus,
  PodSpec,
  PodStatus,
  ReplicaSetSpec,
  ReplicaSetStatus,
} from '@bramble/protocol/schema/types.generated.ts';

/** Stored objects of a known kind: the API server has checked their structure. */
export interface PodObject extends KubeObject {
  readonly spec: PodSpec;
  readonly status?: PodStatus;
}

export interface DeploymentObject extends KubeObject {
  readonly spec: DeploymentSpec;
  readonly status?: DeploymentStatus;
}

export interface ReplicaSetObject extends KubeObject {
  readonly spec: ReplicaSetSpec;
  readonly status?: ReplicaSetStatus;
}

export interface DaemonSetObject extends KubeObject {
  readonly spec: DaemonSetSpec;
  readonly status?: DaemonSetStatus;
}

export interface JobObject extends KubeObject {
  readonly spec: JobSpec;
  readonly status?: JobStatus;
}

export interface BudgetObject extends KubeObject {
  /** A budget without one is valid, and protects no pod. */
  readonly spec?: PodDisruptionBudgetSpec;
  readonly status?: PodDisruptionBudgetStatus;
}

export interface NodeObject extends KubeObject {
  readonly spec?: NodeSpec;
  readonly status?: NodeStatus;
}
