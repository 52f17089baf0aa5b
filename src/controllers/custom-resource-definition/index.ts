import type { Controller } from '../runner/controller.ts'
import { customResourceApprovalController } from './approval.ts'
import { customResourceCleanupController } from './cleanup.ts'
import { customResourceEstablishingController } from './establishing.ts'
import { customResourceNamesController } from './naming.ts'
import { customResourceSchemasController } from './schemas.ts'

/** The controllers of CustomResourceDefinitions, which upstream runs in its API server. */
export const customResourceControllers: readonly Controller[] = [
  customResourceNamesController,
  customResourceEstablishingController,
  customResourceApprovalController,
  customResourceSchemasController,
  customResourceCleanupController,
]
