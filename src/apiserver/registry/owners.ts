import {
  formatTime,
  groupVersionOf,
  type KubeObject,
  type Manager,
  type Stored,
  trackUpdate,
} from '#machinery'
import type { Scope } from './scope.ts'

/** The object with its owners brought up to date; an apply has recorded its own already. */
export function owned(scope: Scope, object: KubeObject, live: Stored | undefined): KubeObject {
  if (scope.isApply) return object
  return trackUpdate({
    live,
    updated: object,
    manager: managerOf(scope, 'Update'),
    ownership: scope.world.ownershipOf(scope.stored.schemaName),
    time: formatTime(scope.world.clock.wallMs()),
  })
}

const longestName = 128

/** Named by the request, or by the client's program (`kubectl/v1.36` writes as `kubectl`). */
export function managerOf(
  { request, stored, subresource }: Scope,
  operation: Manager['operation'],
): Manager {
  const named = request.query.get('fieldManager') ?? ''
  const program = (request.headers['user-agent'] ?? '').split('/')[0]?.trim() || 'unknown'
  return {
    name: (named || program).slice(0, longestName),
    operation,
    apiVersion: groupVersionOf(stored),
    subresource,
  }
}
