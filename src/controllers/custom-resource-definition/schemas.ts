import { type CustomResourceDefinition, customResourceDefinitions, nonStructuralOf } from '#api'
import { findCondition, keyOf, type Stored } from '#machinery'
import { type Controller, watching } from '../runner/controller.ts'
import { definitionPermissions, recordStatus, withConditions } from './status.ts'

const type = 'NonStructuralSchema'

/**
 * Says of definitions that are older than the rules what of them is not structural (upstream:
 * nonstructuralschema), and takes that back when they are mended.
 */
export const customResourceSchemasController: Controller = {
  name: 'custom-resource-schemas',
  workers: 1,
  permissions: definitionPermissions,
  start({ informers }) {
    const cache = informers.informer(customResourceDefinitions)
    return {
      watches: [watching(customResourceDefinitions, (each) => [keyOf(each)])],
      async reconcile(name, { client, clock }) {
        const definition = cache.get(name)
        if (!definition) return undefined
        const found = nonStructuralOf(definition)
        const held = findCondition(definition.status?.conditions, type)
        if (!found) {
          if (held) await recordStatus(client, withoutCondition(definition))
          return undefined
        }
        const { status, reason, message } = found
        const isSaid = held?.status === status && held.reason === reason && held.message === message
        if (isSaid) return undefined
        await recordStatus(client, withConditions(definition, [{ type, ...found }], clock.wallMs()))
        return undefined
      },
    }
  },
}

function withoutCondition(
  definition: Stored<CustomResourceDefinition>,
): Stored<CustomResourceDefinition> {
  const conditions = definition.status?.conditions?.filter((each) => each.type !== type) ?? []
  return { ...definition, status: { ...definition.status, conditions } }
}
