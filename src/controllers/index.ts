export {
  type Controller,
  type ControllerContext,
  type ControllerLoop,
  type PolicyRule,
  type ReconcileContext,
  type WatchedResource,
  watching,
} from './controller.ts'
export { type ControllerWorld, runControllers } from './runner.ts'
