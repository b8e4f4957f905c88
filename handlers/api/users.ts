import { userOperations } from '../../contracts/api/users.ts';
import { createUser, createUsers } from '../../pipelines/users/create-users.ts';
import { getUsers, readPublicUser } from '../../pipelines/users/read-users.ts';
import { deleteUser, updateUser } from '../../pipelines/users/update-user.ts';
import { functionHandler } from '../http/function-handler.ts';
import { type ApiHandler, resource } from '../http/resource.ts';
import { type WriteDeps, withinBatchTime, writeDeps } from './dependencies.ts';

/** The users, one by one and in batches. */
export const usersHandler = (deps: WriteDeps): ApiHandler =>
  resource(deps.logger, userOperations, {
    createUser: (request) => createUser(deps, request),
    getUser: ({ path, query }) => readPublicUser(deps, { ...path, ...query }),
    updateUser: ({ path, body, ifMatch }) => updateUser(deps, { ...path, body, ifMatch }),
    deleteUser: ({ path, ifMatch }) => deleteUser(deps, { ...path, ifMatch }),
    createUsers: ({ body }) => withinBatchTime((signal) => createUsers(deps, body, signal)),
    getUsers: ({ body }) => withinBatchTime((signal) => getUsers(deps, body, signal)),
  });

export const handler = functionHandler(() => usersHandler(writeDeps()));
