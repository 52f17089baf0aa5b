/** The name server of a simulated node's own network; it knows nothing, since nothing is outside of the cluster. */
export const outsideServer = '192.0.2.53'
