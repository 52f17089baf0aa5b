import { messageOf } from '#lib'
import { type ContainerConfig, RuntimeError, type SandboxConfig } from '#runtime'
import type { Behaviour, BehaviourRules, BehaviourTarget } from '../../behaviour/behaviour.ts'
import { parseBehaviour } from '../../behaviour/parse-behaviour.ts'

export interface BehaviourSource {
  readonly rules: BehaviourRules | undefined
  readonly config: ContainerConfig
  readonly sandbox: SandboxConfig | undefined
  readonly memoryLimitBytes: number | undefined
}

/** How a container behaves. A mistake in what its pod says is an error of the container. */
export function behaviourOf({
  rules,
  config,
  sandbox,
  memoryLimitBytes,
}: BehaviourSource): Behaviour {
  const { name = '', namespace = '' } = sandbox?.metadata ?? {}
  return checked({
    annotations: sandbox?.annotations ?? {},
    container: config.metadata.name,
    namespace,
    pod: name,
    labels: sandbox?.labels ?? {},
    image: config.image.userSpecified,
    ports: declaredPorts(config),
    askedPorts: askedPorts(config),
    runsToEnd: config.annotations['knarr.dev/runs-to-end'] === 'true',
    ...(memoryLimitBytes === undefined ? {} : { memoryLimitBytes }),
    ...(rules === undefined ? {} : { rules }),
  })
}

/** A mistake is an error of the runtime, so that the kubelet shows it. */
function checked(target: BehaviourTarget): Behaviour {
  try {
    return parseBehaviour(target)
  } catch (cause) {
    throw new RuntimeError('invalidArgument', messageOf(cause), { cause })
  }
}

/** What a pod says about an image that it pulls; keys for one container do not count here. */
export function imageBehaviour(
  reference: string,
  sandbox: SandboxConfig | undefined,
  rules: BehaviourRules | undefined,
): Pick<Behaviour, 'image' | 'imageSizeBytes' | 'imageUser'> {
  const { name = '', namespace = '' } = sandbox?.metadata ?? {}
  try {
    return parseBehaviour({
      annotations: sandbox?.annotations ?? {},
      container: '',
      namespace,
      pod: name,
      labels: sandbox?.labels ?? {},
      image: reference,
      ports: [],
      ...(rules === undefined ? {} : { rules }),
    })
  } catch {
    // A mistake shows with the container itself.
    return { image: undefined, imageSizeBytes: undefined, imageUser: undefined }
  }
}

/**
 * What the kubelet says of the ports that probes and hooks ask. A program that is given its `PORT` listens
 * there and nowhere else, so that a probe of another port fails as it does for real.
 */
function askedPorts({ annotations, envs }: ContainerConfig): readonly number[] {
  const text = annotations['knarr.dev/asked-ports']
  if (text === undefined || envs.some(({ name }) => name === 'PORT')) return []
  return JSON.parse(text)
}

/** What the kubelet says of `containers[*].ports`. */
function declaredPorts({ annotations }: ContainerConfig): readonly number[] {
  const text = annotations['io.kubernetes.container.ports']
  if (text === undefined) return []
  const ports = JSON.parse(text) as readonly { readonly containerPort?: number }[]
  return ports.flatMap(({ containerPort }) => (containerPort === undefined ? [] : [containerPort]))
}
