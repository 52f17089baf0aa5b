export type { Plugin } from './framework/plugin.ts'
export {
  createScheduler,
  type Scheduler,
  type SchedulerContext,
  type SchedulerOptions,
} from './scheduler.ts'
