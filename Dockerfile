# One image for the four services, the migrations and the provisioning of docker-compose.yml.
FROM node:20-bookworm-slim AS build
WORKDIR /app
COPY . .
RUN npm ci --no-audit --no-fund && npx tsc -b && npm prune --omit=dev --no-audit --no-fund

FROM node:20-bookworm-slim
ENV NODE_ENV=production TZ=UTC
WORKDIR /app
COPY --from=build /app /app
# A new volume takes the owner of the folder that it is mounted on.
RUN mkdir /config && chown node:node /config
USER node
