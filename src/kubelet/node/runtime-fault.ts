import { messageOf } from '#lib'
import type { Runtime } from '#runtime'

/** What the runtime lacks, in upstream's words. */
export interface RuntimeFaults {
  readonly runtimeFault: string | undefined
  readonly networkFault: string | undefined
}

export async function runtimeFaultOf(
  runtime: Runtime,
  signal: AbortSignal,
): Promise<RuntimeFaults> {
  try {
    const { conditions } = await runtime.status(signal)
    return {
      runtimeFault: faultOf(conditions, 'RuntimeReady', 'container runtime not ready'),
      networkFault: faultOf(conditions, 'NetworkReady', 'container runtime network not ready'),
    }
  } catch (error) {
    const runtimeFault = `[container runtime is down, ${messageOf(error)}]`
    return { runtimeFault, networkFault: undefined }
  }
}

type Conditions = Awaited<ReturnType<Runtime['status']>>['conditions']

function faultOf(conditions: Conditions, type: string, head: string): string | undefined {
  const condition = conditions.find((each) => each.type === type)
  if (condition?.status) return undefined
  const { reason = '', message = '' } = condition ?? {}
  return `${head}: ${type}=false reason:${reason} message:${message}`
}
