// The OpenAI API, answered by the same Yoga.
export { dynamic, GET, OPTIONS, POST, runtime } from '../../graphql/route.ts';
