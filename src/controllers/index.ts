export {
  type Controller,
  type ControllerContext,
  type ControllerLoop,
  type PolicyRule,
  type ReconcileContext,
  type WatchedResource,
  watching,
} from './controller.ts'
export { runControllers } from './runner.ts'
