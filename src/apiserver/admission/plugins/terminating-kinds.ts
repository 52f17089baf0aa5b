import { type CustomResourceDefinition, customResourceDefinitions } from '#api'
import { groupResourceOf, hasCondition } from '#machinery'
import { forbidden } from '#machinery/status'
import type { Admission } from '../admission.ts'

/** Refuses new objects of a kind that goes (upstream: apiextensions' forbidCreateAdmission). */
export const terminatingKinds: Admission = {
  name: 'TerminatingKinds',
  handles: ({ verb, resource, subresource }) =>
    verb === 'create' && resource.isCustom === true && subresource === '',
  validate({ resource, name }, { objects }) {
    const definition = objects.get<CustomResourceDefinition>(customResourceDefinitions, {
      name: groupResourceOf(resource),
    })
    if (!hasCondition(definition?.status?.conditions, 'Terminating')) return
    throw forbidden(
      resource,
      name,
      'create not allowed while custom resource definition is terminating',
    )
  },
}
