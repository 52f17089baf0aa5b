import {
  autoUpdateAnnotation,
  type FlowControlObjects,
  type FlowSchema,
  mandatoryFlowControl,
  type PriorityLevelConfiguration,
  suggestedFlowControl,
} from '#api'
import { deepEqual, type KubeObject, type Stored } from '#machinery'

type Kept = FlowSchema | PriorityLevelConfiguration
type Condition = NonNullable<NonNullable<FlowSchema['status']>['conditions']>[number]

/** What is to be done with an object that the server maintains. */
export type Maintenance<T extends KubeObject> =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'create'; readonly object: T }
  | { readonly kind: 'update'; readonly object: Stored<T> }
  | { readonly kind: 'delete' }

/** What a level of this name should be. */
export function maintainLevel(
  name: string,
  current: Stored<PriorityLevelConfiguration> | undefined,
): Maintenance<PriorityLevelConfiguration> {
  const keepsExempt = name === 'exempt' && current?.spec?.exempt
  const wanted = wantedObject(name, ({ levels }) => levels)
  if (!wanted || !keepsExempt) return maintain(wanted, current)
  // How much the exempt level lends is for administrators to say.
  const spec = { ...wanted.object.spec, type: 'Exempt', exempt: keepsExempt }
  return maintain({ ...wanted, object: { ...wanted.object, spec } }, current)
}

/** What a FlowSchema of this name should be. */
export function maintainSchema(
  name: string,
  current: Stored<FlowSchema> | undefined,
): Maintenance<FlowSchema> {
  return maintain(
    wantedObject(name, ({ schemas }) => schemas),
    current,
  )
}

interface Wanted<T> {
  readonly object: T
  readonly isMandatory: boolean
}

function wantedObject<T extends Kept>(
  name: string,
  of: (objects: FlowControlObjects) => readonly T[],
): Wanted<T> | undefined {
  const named = (objects: FlowControlObjects) =>
    of(objects).find(({ metadata }) => metadata?.name === name)
  const mandatory = named(mandatoryFlowControl)
  const object = mandatory ?? named(suggestedFlowControl)
  return object && { object, isMandatory: mandatory !== undefined }
}

/** By the annotation that an administrator may set to `false` (upstream: `ReviseIfNeeded`). */
function maintain<T extends Kept>(
  wanted: Wanted<T> | undefined,
  current: Stored<T> | undefined,
): Maintenance<T> {
  if (!current) return wanted ? { kind: 'create', object: wanted.object } : { kind: 'nothing' }
  const said = flagOf(current.metadata.annotations?.[autoUpdateAnnotation])
  // An object of ours that this version does not have any more.
  if (!wanted) return said === true ? { kind: 'delete' } : { kind: 'nothing' }
  const updatesSpec = wanted.isMandatory || (said ?? current.metadata.generation === 1)
  const isChanged = updatesSpec && !deepEqual(wanted.object.spec, current.spec)
  if (said === updatesSpec && !isChanged) return { kind: 'nothing' }
  const annotations = {
    ...current.metadata.annotations,
    [autoUpdateAnnotation]: String(updatesSpec),
  }
  const object = {
    ...current,
    ...(isChanged && { spec: wanted.object.spec }),
    metadata: { ...current.metadata, annotations },
  }
  // Cast: the spec of the same kind.
  return { kind: 'update', object: object as Stored<T> }
}

/** As Go reads a flag; undefined for what is none. */
function flagOf(text: string | undefined): boolean | undefined {
  if (text === undefined) return undefined
  if (['1', 't', 'T', 'true', 'TRUE', 'True'].includes(text)) return true
  return ['0', 'f', 'F', 'false', 'FALSE', 'False'].includes(text) ? false : undefined
}

/** The condition that says whether a schema's level is there; undefined where it says so already. */
export function danglingCondition(
  { spec, status }: Stored<FlowSchema>,
  hasLevel: (name: string) => boolean,
): Condition | undefined {
  const name = spec?.priorityLevelConfiguration.name ?? ''
  const isDangling = !hasLevel(name)
  const references = `This FlowSchema references the PriorityLevelConfiguration object named ${JSON.stringify(name)}`
  const wanted = {
    type: 'Dangling',
    status: isDangling ? 'True' : 'False',
    reason: isDangling ? 'NotFound' : 'Found',
    message: isDangling
      ? `${references} but there is no such object`
      : `${references} and it exists`,
  }
  const held = status?.conditions?.find(({ type }) => type === 'Dangling')
  const isSame =
    held?.status === wanted.status &&
    held.reason === wanted.reason &&
    held.message === wanted.message
  return isSame ? undefined : wanted
}
