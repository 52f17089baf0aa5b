import { type ManifestChange, podSpecOf, servedPorts, templatePatch } from './change.ts'

/** How long a pod that is being stopped goes on, so that whoever has still its address is served. */
const sleepSeconds = 5
const defaultGrace = 30

/** Lets each container that a Service asks wait before its SIGTERM until endpoints and proxies have followed. */
export const preStopSleep: ManifestChange = {
  name: 'pre-stop-sleep',
  patches: (workload, scene) =>
    servedPorts(workload, scene)
      .filter(({ container }) => !container.lifecycle?.preStop)
      .map(({ container }) => {
        const grace = podSpecOf(workload).terminationGracePeriodSeconds ?? defaultGrace
        const needed = sleepSeconds + 10
        return templatePatch(workload, 'pre-stop-sleep', {
          text: `lets ${container.name} of ${workload.id} wait ${sleepSeconds} s before its SIGTERM, until nobody sends there any more`,
          spec: {
            ...(grace < needed ? { terminationGracePeriodSeconds: needed } : {}),
            containers: [
              {
                name: container.name,
                lifecycle: { preStop: { sleep: { seconds: sleepSeconds } } },
              },
            ],
          },
        })
      }),
}

/** Gives pods longer to end, in steps of which the first that helps is taken. */
function longerGrace(seconds: number): ManifestChange {
  const name = `grace-${seconds}s`
  return {
    name,
    patches: (workload) => {
      const grace = podSpecOf(workload).terminationGracePeriodSeconds ?? defaultGrace
      if (grace >= seconds) return []
      return [
        templatePatch(workload, name, {
          text: `gives the pods of ${workload.id} ${seconds} s to end, in the place of ${grace} s`,
          spec: { terminationGracePeriodSeconds: seconds },
        }),
      ]
    },
  }
}

export const grace30 = longerGrace(30)
export const grace60 = longerGrace(60)
export const grace120 = longerGrace(120)
