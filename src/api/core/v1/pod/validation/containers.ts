import {
  checkDns1123Label,
  duplicateField,
  type FieldErrors,
  type FieldPath,
  forbiddenField,
  invalidField,
  notFoundField,
  requiredField,
  tooManyField,
} from '#machinery/validation'
import type {
  Container,
  ContainerRestartRule,
  EphemeralContainer,
  PodSpec,
} from '../../../../generated/types/index.ts'
import {
  eachItem,
  ensure,
  invalidWith,
  requireKnown,
  requireOneOf,
  requireValue,
} from '../../../../shared/checks.ts'
import { isSidecar } from '../model/containers.ts'
import { validateEnv, validateEnvFrom } from './inputs/env.ts'
import { type VolumesByName, validateMountsAndDevices } from './inputs/mounts.ts'
import { validateContainerPorts, validateHostPortConflicts } from './ports.ts'
import { validateProbesAndHooks } from './probes.ts'
import { validateContainerResources, validateResizePolicy } from './resources.ts'
import { validateSecurityContext } from './security.ts'

/** What of a pod its containers are judged by. */
export interface ContainerContext {
  readonly spec: PodSpec
  readonly volumes: VolumesByName
  /** Names of the claims of the pod that containers may use. */
  readonly claims: ReadonlySet<string>
}

/** The regular containers. */
export function validateContainers(context: ContainerContext, path: FieldPath): FieldErrors {
  const { containers = [] } = context.spec
  if (containers.length === 0) return [requiredField(path)]
  const names = new Set<string>()
  return [
    ...eachItem(containers, path, (container, at) => [
      ...validateCommon(container, context, at),
      ...validateUnique(container.name, names, at.child('name')),
      ...validateProbesAndHooks(container, at, graceOf(context.spec)),
      ...validateRestartPolicy(container, at),
    ]),
    ...validateHostPortConflicts(containers, path),
  ]
}

/** The init containers, sidecars among them. */
export function validateInitContainers(context: ContainerContext, path: FieldPath): FieldErrors {
  const names = new Set((context.spec.containers ?? []).map(({ name }) => name))
  return eachItem(context.spec.initContainers, path, (container, at) => [
    ...validateCommon(container, context, at),
    ...validateUnique(container.name, names, at.child('name')),
    ...validateHostPortConflicts([container], path),
    ...(isSidecar(container)
      ? validateProbesAndHooks(container, at, graceOf(context.spec))
      : validateRunsOnce(container, at)),
    ...validateRestartPolicy(container, at),
  ])
}

const notEphemeral = [
  'ports',
  'livenessProbe',
  'readinessProbe',
  'startupProbe',
  'lifecycle',
  'resizePolicy',
  'restartPolicy',
] as const

/** Containers added to a running pod for a look inside. */
export function validateEphemeralContainers(
  context: ContainerContext,
  path: FieldPath,
): FieldErrors {
  const { containers = [], initContainers = [], ephemeralContainers } = context.spec
  const others = new Set([...containers, ...initContainers].map(({ name }) => name))
  const names = new Set(others)
  return eachItem(ephemeralContainers, path, (container, at) => [
    ...validateCommon(container, context, at),
    ...validateUnique(container.name, names, at.child('name')),
    ...validateTarget(container, others, at.child('targetContainerName')),
    ...notEphemeral.flatMap((field) =>
      ensure(isAbsent(container[field]), () =>
        forbiddenField(at.child(field), 'cannot be set for an Ephemeral Container'),
      ),
    ),
    ...ensure(!hasResources(container), () =>
      forbiddenField(at.child('resources'), 'cannot be set for an Ephemeral Container'),
    ),
    ...eachItem(container.volumeMounts, at.child('volumeMounts'), ({ subPath, subPathExpr }, m) => [
      ...ensure(!subPath, () =>
        forbiddenField(m.child('subPath'), 'cannot be set for an Ephemeral Container'),
      ),
      ...ensure(!subPathExpr, () =>
        forbiddenField(m.child('subPathExpr'), 'cannot be set for an Ephemeral Container'),
      ),
    ]),
  ])
}

function validateCommon(
  container: Container,
  { spec, volumes, claims }: ContainerContext,
  path: FieldPath,
): FieldErrors {
  const { name, image, terminationMessagePolicy, imagePullPolicy, env, envFrom } = container
  return [
    ...(name
      ? invalidWith(path.child('name'), name, checkDns1123Label(name))
      : [requiredField(path.child('name'))]),
    ...requireValue(image, path.child('image')),
    ...requireKnown(terminationMessagePolicy, path.child('terminationMessagePolicy'), [
      'File',
      'FallbackToLogsOnError',
    ]),
    ...validateContainerPorts(container.ports, path.child('ports')),
    ...validateEnv(env, path.child('env')),
    ...validateEnvFrom(envFrom, path.child('envFrom')),
    ...validateMountsAndDevices(container, volumes, path),
    ...requireKnown(imagePullPolicy, path.child('imagePullPolicy'), [
      'Always',
      'IfNotPresent',
      'Never',
    ]),
    ...validateContainerResources(container.resources, path.child('resources'), claims),
    ...validateResizePolicy(container.resizePolicy, path.child('resizePolicy'), spec.restartPolicy),
    ...validateSecurityContext(
      container.securityContext,
      path.child('securityContext'),
      spec.hostUsers !== false,
    ),
  ]
}

function validateUnique(name: string, names: Set<string>, path: FieldPath): FieldErrors {
  const repeated = names.has(name)
  names.add(name)
  return ensure(!repeated, () => duplicateField(path, name))
}

/** An init container that is to end has no life to probe. */
function validateRunsOnce(container: Container, path: FieldPath): FieldErrors {
  const fields = ['lifecycle', 'livenessProbe', 'readinessProbe', 'startupProbe'] as const
  return [
    ...fields.flatMap((field) =>
      ensure(container[field] === undefined, () =>
        forbiddenField(
          path.child(field),
          'may not be set for init containers without restartPolicy=Always',
        ),
      ),
    ),
    ...ensure(!container.resizePolicy?.length, () =>
      invalidField(
        path.child('resizePolicy'),
        container.resizePolicy,
        'must not be set for init containers',
      ),
    ),
  ]
}

const maxRestartRules = 20
const maxExitCodes = 255

function validateRestartPolicy(container: Container, path: FieldPath): FieldErrors {
  const { restartPolicy, restartPolicyRules = [] } = container
  const rules = path.child('restartPolicyRules')
  return [
    ...(restartPolicy === undefined
      ? ensure(restartPolicyRules.length === 0, () =>
          requiredField(
            path.child('restartPolicy'),
            'must specify restartPolicy when restart rules are used',
          ),
        )
      : requireOneOf(restartPolicy, path.child('restartPolicy'), ['Always', 'Never', 'OnFailure'])),
    ...ensure(restartPolicyRules.length <= maxRestartRules, () =>
      tooManyField(rules, restartPolicyRules.length, maxRestartRules),
    ),
    ...eachItem(restartPolicyRules, rules, validateRestartRule),
  ]
}

function validateRestartRule(
  { action, exitCodes }: ContainerRestartRule,
  path: FieldPath,
): FieldErrors {
  const codes = path.child('exitCodes')
  const known = requireKnown(action, path.child('action'), ['Restart', 'RestartAllContainers'])
  if (!exitCodes) return [...known, requiredField(codes, 'must be specified')]
  const { operator, values = [] } = exitCodes
  return [
    ...known,
    ...requireKnown(operator, codes.child('operator'), ['In', 'NotIn']),
    ...requireValue(values.length, codes.child('values'), 'must specify at least one value'),
    ...ensure(values.length <= maxExitCodes, () =>
      tooManyField(codes.child('values'), values.length, maxExitCodes),
    ),
  ]
}

function validateTarget(
  { targetContainerName }: EphemeralContainer,
  others: ReadonlySet<string>,
  path: FieldPath,
): FieldErrors {
  return ensure(!targetContainerName || others.has(targetContainerName), () =>
    notFoundField(path, targetContainerName),
  )
}

function hasResources({ resources }: EphemeralContainer): boolean {
  return Object.values(resources ?? {}).some((list) => !isAbsent(list))
}

function isAbsent(value: unknown): boolean {
  return value === undefined || (Array.isArray(value) && value.length === 0)
}

function graceOf(spec: PodSpec): number {
  return spec.terminationGracePeriodSeconds ?? 0
}
