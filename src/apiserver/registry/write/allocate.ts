import type { Stored } from '#machinery'
import type { Write as StoreWrite } from '#store'
import type { Allocation, RequestScope } from '../../request/resource-request.ts'
import type { ObjectWrite } from './write.ts'

/** Stage: the allocators give the object its share of what may be had once only. */
export function allocate(write: ObjectWrite): ObjectWrite {
  const { scope, existing, object } = write
  const allocators = scope.world.allocators.filter((allocator) => allocator.handles(scope.stored))
  if (allocators.length === 0) return write
  const allocation = allocators.reduce<Allocation>(
    (sum, allocator) => {
      const next = allocator.allocate(sum.object, existing?.object, scope.world)
      return {
        object: next.object,
        guards: [...sum.guards, ...next.guards],
        writes: [...sum.writes, ...next.writes],
      }
    },
    { object, guards: [], writes: [] },
  )
  return { ...write, ...allocation }
}

/** What has to be written to give back all that was allocated for an object. */
export function releasesOf({ world, stored }: RequestScope, object: Stored): readonly StoreWrite[] {
  return world.allocators
    .filter((allocator) => allocator.handles(stored))
    .flatMap((allocator) => allocator.release(object))
}
