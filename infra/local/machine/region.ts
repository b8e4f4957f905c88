/** The region and credentials of every local client and function. The parts accept any credentials. */
export const LOCAL_REGION = 'eu-central-1';
export const LOCAL_CREDENTIALS = { accessKeyId: 'local', secretAccessKey: 'local' } as const;
/** The audience of the local issuer's tokens, which the API requires. */
export const LOCAL_AUDIENCE = 'order-stream';
/** The sender of the order mails. It receives no mail. */
export const LOCAL_MAIL_FROM = 'orders@shop.example';
/** The account in the ARNs of the messaging part. */
export const LOCAL_ACCOUNT_ID = '000000000000';
