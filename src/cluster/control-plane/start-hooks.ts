import type { HealthCheck } from '#apiserver'

/**
 * What is done once as a control plane starts, under the names and in the order in which upstream's
 * `/readyz?verbose` shows its hooks; those of upstream that have no counterpart here are left out.
 */
const startHooks = [
  'start-apiserver-admission-initializer',
  'priority-and-fairness-config-consumer',
  'priority-and-fairness-filter',
  'start-apiextensions-controllers',
  'crd-informer-synced',
  'start-system-namespaces-controller',
  'start-cluster-authentication-info-controller',
  'rbac/bootstrap-roles',
  'scheduling/bootstrap-system-priority-classes',
  'priority-and-fairness-config-producer',
  'bootstrap-controller',
  'start-kubernetes-service-cidr-controller',
  'apiservice-status-remote-available-controller',
  'apiservice-registration-controller',
  'apiservice-discovery-controller',
  'kube-apiserver-autoregistration',
] as const

/** The name of a hook, without the `poststarthook/` before it. */
export type StartHook = (typeof startHooks)[number]

/** What an API server that stands has done. */
export const serverHooks: readonly StartHook[] = [
  'start-apiserver-admission-initializer',
  'priority-and-fairness-config-consumer',
  'priority-and-fairness-filter',
  'start-apiextensions-controllers',
  'crd-informer-synced',
  'apiservice-status-remote-available-controller',
  'apiservice-registration-controller',
  'apiservice-discovery-controller',
]

/** How far the start of a control plane has come. */
export interface StartProgress {
  readonly checks: readonly HealthCheck[]
  done(...hooks: readonly StartHook[]): void
}

/** Follows a start, and its end: what is shutting down takes nothing new. */
export function followStart(stopping: AbortSignal): StartProgress {
  const finished = new Set<StartHook>()
  const hooks = startHooks.map((hook) => ({
    name: `poststarthook/${hook}`,
    check: () => (finished.has(hook) ? undefined : 'not finished'),
  }))
  const registered: StartHook = 'kube-apiserver-autoregistration'
  const own: readonly HealthCheck[] = [
    {
      name: 'autoregister-completion',
      check: () =>
        finished.has(registered) ? undefined : 'missing APIService: they have not been registered',
    },
    {
      name: 'shutdown',
      isOfReadiness: true,
      check: () => (stopping.aborted ? 'process is shutting down' : undefined),
    },
  ]
  return {
    checks: [...hooks, ...own],
    done: (...names) => {
      for (const name of names) finished.add(name)
    },
  }
}
