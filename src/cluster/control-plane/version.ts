import packageJson from '../../../package.json' with { type: 'json' }

/** The version of knarr itself, as in package.json. */
export const version: string = packageJson.version

/** The Kubernetes version whose API is served, as `/version` tells it. */
export const kubernetesVersion = 'v1.36.4+knarr'
