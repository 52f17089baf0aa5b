export { type ScheduleInput, type ScheduleResult, schedulePod } from './cycle.ts'
export { type FitError, fitErrorMessage } from './framework/fit-error.ts'
export type { Plugin } from './framework/plugin.ts'
export { defaultPlugins } from './plugins/index.ts'
export {
  createScheduler,
  type Scheduler,
  type SchedulerContext,
  type SchedulerOptions,
} from './scheduler.ts'
