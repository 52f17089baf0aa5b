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
export type { Load, LoadOptions } from './load.ts'
export type { NodeControl } from './node-control.ts'
export type { PointInTime, SimulateOptions } from './options.ts'
export { simulate } from './simulate.ts'
export type { Simulation, UntilOptions, Why } from './simulation.ts'
export type { DeploymentView, JobView, NodeView, PodView, View } from './views.ts'
