import type { HostDrivers } from '#host'
import type { Clock } from '#lib'

/** So long a simulated driver takes for the claims of a pod. */
const prepareMs = 200

/**
 * Every driver is on every simulated node and prepares whatever it is asked for: which devices there are is what
 * ResourceSlices say.
 */
export function simDrivers(clock: Clock): HostDrivers {
  return {
    find: (driver) => ({
      async prepare(claims, signal) {
        await clock.sleep(prepareMs, signal)
        return new Map(
          claims.map(({ uid }) => [
            uid,
            {
              devices: [
                {
                  ...{ requestNames: [], poolName: '', deviceName: '' },
                  cdiDeviceIds: [`${driver}/claim=${uid}`],
                },
              ],
            },
          ]),
        )
      },
      async unprepare(claims, signal) {
        await clock.sleep(prepareMs, signal)
        return new Map(claims.map(({ uid }) => [uid, {}]))
      },
    }),
    run: async () => {},
  }
}
