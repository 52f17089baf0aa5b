import {
  checkGroupId,
  checkUserId,
  type FieldErrors,
  type FieldPath,
  forbiddenField,
  invalidField,
  requiredField,
} from '#machinery/validation'
import type {
  AppArmorProfile,
  PodSecurityContext,
  PodSpec,
  SeccompProfile,
  SecurityContext,
  Sysctl,
} from '../../../../generated/types/index.ts'
import {
  eachItem,
  ensure,
  invalidWith,
  onlyOnce,
  requireOneOf,
  requireValue,
} from '../../../../shared/checks.ts'
import { validateDescendingPath } from '../../../../shared/paths.ts'

/** What a container may do on its node. */
export function validateSecurityContext(
  context: SecurityContext | undefined,
  path: FieldPath,
  hostUsers: boolean,
): FieldErrors {
  if (!context) return []
  return [
    ...validateIds(context, path),
    ...validateProcMount(context.procMount, path.child('procMount'), hostUsers),
    ...validateEscalation(context, path),
    ...validateSeccomp(context.seccompProfile, path.child('seccompProfile')),
    ...validateAppArmor(context.appArmorProfile, path.child('appArmorProfile')),
  ]
}

/** What a pod's containers share: ids, groups, kernel parameters. */
export function validatePodSecurityContext(spec: PodSpec, path: FieldPath): FieldErrors {
  const context = spec.securityContext
  if (!context) return []
  const { fsGroup, supplementalGroups, fsGroupChangePolicy, supplementalGroupsPolicy } = context
  return [
    ...(fsGroup === undefined
      ? []
      : invalidWith(path.child('fsGroup'), fsGroup, checkGroupId(fsGroup))),
    ...validateIds(context, path),
    ...eachItem(supplementalGroups, path.child('supplementalGroups'), (group, at) =>
      invalidWith(at, group, checkGroupId(group)),
    ),
    ...ensure(!spec.hostPID || !spec.shareProcessNamespace, () =>
      invalidField(
        path.child('shareProcessNamespace'),
        true,
        'ShareProcessNamespace and HostPID cannot both be enabled',
      ),
    ),
    ...validateSysctls(context.sysctls, path.child('sysctls'), spec),
    ...(fsGroupChangePolicy === undefined
      ? []
      : requireOneOf(fsGroupChangePolicy, path.child('fsGroupChangePolicy'), [
          'Always',
          'OnRootMismatch',
        ])),
    ...validateSeccomp(context.seccompProfile, path.child('seccompProfile')),
    ...validateAppArmor(context.appArmorProfile, path.child('appArmorProfile')),
    ...(supplementalGroupsPolicy === undefined
      ? []
      : requireOneOf(supplementalGroupsPolicy, path.child('supplementalGroupsPolicy'), [
          'Merge',
          'Strict',
        ])),
    ...(context.seLinuxChangePolicy === undefined
      ? []
      : requireOneOf(context.seLinuxChangePolicy, path.child('seLinuxChangePolicy'), [
          'MountOption',
          'Recursive',
        ])),
  ]
}

/** User namespaces leave nothing of the node's namespaces to share; names as upstream writes them. */
export function validateHostUsers(spec: PodSpec, path: FieldPath): FieldErrors {
  if (spec.hostUsers !== false) return []
  const shared = [
    ['hostNetwork', spec.hostNetwork],
    ['HostPID', spec.hostPID],
    ['HostIPC', spec.hostIPC],
  ] as const
  return shared.flatMap(([name, isShared]) =>
    ensure(!isShared, () => forbiddenField(path.child(name), 'when `pod.Spec.HostUsers` is false')),
  )
}

function validateIds(
  { runAsUser, runAsGroup }: Pick<PodSecurityContext, 'runAsUser' | 'runAsGroup'>,
  path: FieldPath,
): FieldErrors {
  return [
    ...(runAsUser === undefined
      ? []
      : invalidWith(path.child('runAsUser'), runAsUser, checkUserId(runAsUser))),
    ...(runAsGroup === undefined
      ? []
      : invalidWith(path.child('runAsGroup'), runAsGroup, checkGroupId(runAsGroup))),
  ]
}

function validateProcMount(
  procMount: string | undefined,
  path: FieldPath,
  hostUsers: boolean,
): FieldErrors {
  if (procMount === undefined) return []
  return [
    ...requireOneOf(procMount, path, ['Default', 'Unmasked']),
    ...ensure(procMount !== 'Unmasked' || !hostUsers, () =>
      invalidField(path, procMount, '`hostUsers` must be false to use `Unmasked`'),
    ),
  ]
}

function validateEscalation(context: SecurityContext, path: FieldPath): FieldErrors {
  if (context.allowPrivilegeEscalation !== false) return []
  const error = (what: string) =>
    invalidField(path, context, `cannot set \`allowPrivilegeEscalation\` to false and ${what}`)
  return [
    ...ensure(!context.privileged, () => error('`privileged` to true')),
    ...ensure(!context.capabilities?.add?.includes('CAP_SYS_ADMIN'), () =>
      error('`capabilities.Add` CAP_SYS_ADMIN'),
    ),
  ]
}

const profileTypes = ['Localhost', 'RuntimeDefault', 'Unconfined']

function validateSeccomp(profile: SeccompProfile | undefined, path: FieldPath): FieldErrors {
  if (!profile) return []
  const { type, localhostProfile: file } = profile
  const local = path.child('localhostProfile')
  const typeErrors = validateProfileType(type, path.child('type'), 'seccompProfile')
  if (type !== 'Localhost') {
    const rule = 'can only be set when seccomp type is Localhost'
    return [...typeErrors, ...ensure(!file, () => invalidField(local, profile, rule))]
  }
  if (file === undefined) {
    return [requiredField(local, 'must be set when seccomp type is Localhost')]
  }
  return validateDescendingPath(file, local)
}

function validateAppArmor(profile: AppArmorProfile | undefined, path: FieldPath): FieldErrors {
  if (!profile) return []
  const { type, localhostProfile: name } = profile
  const local = path.child('localhostProfile')
  if (type === 'Localhost') {
    const isPadded = name !== undefined && name !== name.trim()
    if (isPadded) return [invalidField(local, name, 'must not be padded with whitespace')]
    return requireValue(name, local, 'must be set when AppArmor type is Localhost')
  }
  if (profileTypes.includes(type)) {
    return ensure(name === undefined, () =>
      invalidField(local, name, 'can only be set when AppArmor type is Localhost'),
    )
  }
  return validateProfileType(type, path.child('type'), 'appArmorProfile')
}

function validateProfileType(type: string, path: FieldPath, field: string): FieldErrors {
  return type
    ? requireOneOf(type, path, profileTypes)
    : [requiredField(path, `type is required when ${field} is set`)]
}

const sysctlPart = '[a-z0-9](?:[-_a-z0-9]*[a-z0-9])?'
const sysctlPattern = '([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?'
const isSysctl = new RegExp(`^(?:${sysctlPart}[./])*${sysctlPart}$`)
const maxSysctlLength = 253

function validateSysctls(
  sysctls: readonly Sysctl[] | undefined,
  path: FieldPath,
  spec: PodSpec,
): FieldErrors {
  const seen = new Set<string>()
  return eachItem(sysctls, path, ({ name }, at) => {
    if (!name) return [requiredField(at.child('name'))]
    if (name.length > maxSysctlLength || !isSysctl.test(name)) {
      const detail = `must have at most ${maxSysctlLength} characters and match regex ^${sysctlPattern}$`
      return [invalidField(at.child('name'), name, detail)]
    }
    return [
      ...onlyOnce(seen, name, at.child('name')),
      ...validateSysctlNamespace(name, at.child('name'), spec),
    ]
  })
}

/** A kernel parameter must belong to a namespace that the pod has for itself. */
function validateSysctlNamespace(name: string, path: FieldPath, spec: PodSpec): FieldErrors {
  const dotted = name.replaceAll('/', '.')
  const isNet = dotted.startsWith('net.')
  const isIpc = /^kernel\.(shm|msg|sem)|^fs\.mqueue\./.test(dotted)
  return [
    ...ensure(!isNet || !spec.hostNetwork, () =>
      invalidField(path, name, "may not be specified when 'hostNetwork' is true"),
    ),
    ...ensure(!isIpc || !spec.hostIPC, () =>
      invalidField(path, name, "may not be specified when 'hostIPC' is true"),
    ),
  ]
}
