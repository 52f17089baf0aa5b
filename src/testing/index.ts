export type {
  CronJob,
  DaemonSet,
  Deployment,
  Event,
  FaultSpec,
  FaultType,
  Job,
  Node,
  PartitionDirection,
  Pod,
  ReplicaSet,
  Service,
  StatefulSet,
} from '#api'
export type { Client } from '#client'
export type { SimNodeSpec } from '#cluster/simulation'
export {
  type DrillManifests,
  type DrillOutcome,
  type DrillSettings,
  drill,
  type Objectives,
} from '#drills'
export type { History, LogEntry, WhyStep } from '#history'
export type { SnapshotType } from '#lab/snapshots'
export type { KubeObject, ResourceRef, Stored } from '#machinery'
export type { ActionOptions } from './actions.ts'
export type { Manifest } from './apply.ts'
export type { Duration } from './duration.ts'
export type { PodExecOptions, PodExecResult } from './exec.ts'
export {
  always,
  eventually,
  expect,
  FailedExpectation,
  happenedBefore,
  type LogExpectations,
  type Matcher,
  never,
  type Within,
} from './expect-log.ts'
export type { LoadOptions, TestLoad } from './load.ts'
export type { NodeControl } from './node-control.ts'
export type { PointInTime, SimulateOptions } from './options.ts'
export { simulate } from './simulate.ts'
export type { SetImageOptions, Simulation, UntilOptions, Why } from './simulation.ts'
export type { DeploymentView, JobView, NodeView, PodView, View } from './views.ts'
export type {
  CronJobView,
  DaemonSetView,
  ReplicaSetView,
  ServiceView,
  StatefulSetView,
  WorkloadViews,
} from './workload-views.ts'
