import type { Container, Probe } from '#api'
import { type ManifestChange, podSpecOf, servedPorts, templatePatch } from './change.ts'

/** Gives each container that a Service asks, and that has none, a readiness probe. */
export const readinessProbe: ManifestChange = {
  name: 'readiness-probe',
  patches: (workload, scene) =>
    servedPorts(workload, scene)
      .filter(({ container }) => !container.readinessProbe)
      .map(({ container, port }) => {
        const handler = handlerOf(container.livenessProbe) ?? { tcpSocket: { port } }
        return templatePatch(workload, 'readiness-probe', {
          text: `gives ${container.name} of ${workload.id} a readiness probe, so that requests wait until it listens`,
          spec: {
            containers: [
              { name: container.name, readinessProbe: { ...handler, periodSeconds: 5 } },
            ],
          },
        })
      }),
}

/** Gives each container that a Service asks, and that has none, a liveness probe that sees when it hangs. */
export const livenessProbe: ManifestChange = {
  name: 'liveness-probe',
  patches: (workload, scene) =>
    servedPorts(workload, scene)
      .filter(({ container }) => !container.livenessProbe?.httpGet)
      .map(({ container, port }) => {
        const path = container.readinessProbe?.httpGet?.path ?? '/'
        return templatePatch(workload, 'liveness-probe', {
          text: `gives ${container.name} of ${workload.id} a liveness probe, so that it is started again when it hangs`,
          spec: {
            containers: [
              {
                name: container.name,
                livenessProbe: {
                  ...(container.livenessProbe ? noHandler(container.livenessProbe) : {}),
                  httpGet: { path, port },
                  periodSeconds: 10,
                },
                ...(container.startupProbe
                  ? {}
                  : {
                      startupProbe: {
                        httpGet: { path, port },
                        periodSeconds: 5,
                        failureThreshold: 60,
                      },
                    }),
              },
            ],
          },
        })
      }),
}

/** Gives each container with a liveness probe and without a startup probe the time that its start takes. */
export const startupProbe: ManifestChange = {
  name: 'startup-probe',
  patches: (workload) =>
    podSpecOf(workload).containers.flatMap((container: Container) => {
      const handler = handlerOf(container.livenessProbe)
      if (!handler || container.startupProbe) return []
      return [
        templatePatch(workload, 'startup-probe', {
          text: `gives ${container.name} of ${workload.id} a startup probe, so that its liveness probe waits for its start`,
          spec: {
            containers: [
              {
                name: container.name,
                startupProbe: { ...handler, periodSeconds: 5, failureThreshold: 60 },
              },
            ],
          },
        }),
      ]
    }),
}

/** Gives probes that are quicker than the answers their default patience. */
export const patientProbes: ManifestChange = {
  name: 'patient-probes',
  patches: (workload) =>
    podSpecOf(workload).containers.flatMap((container: Container) => {
      const { livenessProbe, readinessProbe } = container
      const probes = { livenessProbe, readinessProbe }
      const changed = Object.entries(probes).flatMap(([name, probe]) =>
        probe && isHasty(probe)
          ? [[name, { timeoutSeconds: 5, failureThreshold: 3 }] as const]
          : [],
      )
      if (changed.length === 0) return []
      return [
        templatePatch(workload, 'patient-probes', {
          text: `gives the probes of ${container.name} of ${workload.id} 5 s and three tries`,
          spec: { containers: [{ name: container.name, ...Object.fromEntries(changed) }] },
        }),
      ]
    }),
}

function isHasty({ timeoutSeconds = 1, failureThreshold = 3 }: Probe): boolean {
  return timeoutSeconds < 5 || failureThreshold < 3
}

function handlerOf(probe: Probe | undefined): Partial<Probe> | undefined {
  const { httpGet, tcpSocket, exec, grpc } = probe ?? {}
  if (httpGet) return { httpGet }
  if (tcpSocket) return { tcpSocket }
  if (exec) return { exec }
  return grpc && { grpc }
}

/** A merge patch that takes the handler of a probe away. */
function noHandler({ tcpSocket, exec, grpc }: Probe): Readonly<Record<string, null>> {
  return {
    ...(tcpSocket ? { tcpSocket: null } : {}),
    ...(exec ? { exec: null } : {}),
    ...(grpc ? { grpc: null } : {}),
  }
}
